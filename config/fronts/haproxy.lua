-- Asks Vestibule about a request: on 200 it goes on with what Vestibule says of who came, anything else is told to the
-- client. Whatever breaks here is 503. Keep this file from others (mode 0600).

local question = "http://127.0.0.1:8080/.vestibule/authorize/forward"
local secret = "put-the-secret-here-22-or-more"
-- What the application is told; the Cookie is the client's without Vestibule's own.
local told = { "Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Vestibule-Assertion", "Cookie" }
-- What is between two ends of one connection, or the body's.
local framing = {
    ["connection"] = true, ["keep-alive"] = true, ["upgrade"] = true, ["te"] = true, ["expect"] = true,
    ["content-length"] = true, ["transfer-encoding"] = true,
}

local function values(list)
    local all = {}
    for _, value in pairs(list) do
        all[#all + 1] = value
    end
    return all
end

local function ask(txn)
    local headers = {}
    for name, list in pairs(txn.http:req_get_headers()) do
        if not framing[name] then
            headers[name] = values(list)
        end
    end
    headers["x-forwarded-method"] = { txn.sf:method() }
    headers["x-forwarded-uri"] = { txn.sf:pathq() }
    headers["vestibule-secret"] = { secret }
    return core.httpclient():get({ url = question, headers = headers, timeout = 2000 })
end

local function first(answer, name)
    for _, value in pairs((answer.headers or {})[name:lower()] or {}) do
        return value
    end
    return ""
end

local function refuse(txn, status, headers, body)
    txn:done(txn:reply({ status = status, headers = headers, body = body }))
end

core.register_action("vestibule", { "http-req" }, function(txn)
    local asked, answer = pcall(ask, txn)
    if not asked or not answer or not answer.status or answer.status < 200 then
        return refuse(txn, 503, { ["retry-after"] = { "1" } }, "")
    end
    if answer.status == 200 then
        for _, name in ipairs(told) do
            txn.http:req_set_header(name, first(answer, name))
        end
        return
    end
    local headers = {}
    for name, list in pairs(answer.headers or {}) do
        if not framing[name] then
            headers[name] = values(list)
        end
    end
    refuse(txn, answer.status, headers, answer.body or "")
end, 0)
