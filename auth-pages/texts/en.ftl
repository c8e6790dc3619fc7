### English. Every text may use { $brand }.
### Texts are plain text, without markup. "Log in", "second step", "method", "code", "application": one word per thing.

## Around every page

title = { $heading } · { $brand }
title-with-problem = Error: { $heading } · { $brand }
request-id = Request ID
support-heading = Need help?

## Waiting: used as { $wait }

wait-seconds =
    { $count ->
        [one] in { $count } second
       *[other] in { $count } seconds
    }
wait-minutes =
    { $count ->
        [one] in { $count } minute
       *[other] in { $count } minutes
    }
wait-hours =
    { $count ->
        [one] in { $count } hour
       *[other] in { $count } hours
    }

## Problems with the form just sent

problem-out-of-date = This page was out of date. Please try again.
problem-throttled = Too many tries. You can try again { $wait }.
problem-busy = Many people are logging in right now. Please try again in a moment.
problem-not-delivered = We could not send the code. Please ask for another one.

## Login

login-heading = Log in
login-lead = Use your { $brand } account.
login-username = User name
login-password = Password
login-submit = Log in
login-wrong = Name or password not right. Check both and try again.

## The code of the second factor

code-heading-totp = Open your app
code-heading-sms = Check your messages
code-heading-voice = Answer your phone
code-heading-email = Check your e-mail
code-lead-totp = Your authenticator app shows a code of { $digits } digits for { $brand }. Enter it here.
code-lead-sms = We sent you a text message with a code of { $digits } digits. It usually arrives within seconds.
code-lead-voice = We are calling you. Follow the voice: it reads out a code of { $digits } digits.
code-lead-email = We sent you an e-mail with a code of { $digits } digits. If it does not arrive, look among your spam.
code-lead-not-delivered = This is where we tried to send your code:
code-where-totp = App:
code-where-sms = Text message to
code-where-voice = Call to
code-where-email = E-mail to
code-label = { $digits }-digit code
code-format = { $digits } digits
code-submit = Continue
code-wrong = Code not right or no longer valid. Check it and try again.
resend-question = No code yet?
resend-submit = Send another code
resend-wait = You can ask for another code { $wait }.
code-other-method = Try another method
code-cancel-question = Not you?
code-cancel-submit = Start over

## Choosing a method

methods-heading = Choose another method
methods-lead = How do you want to confirm that it is you?
methods-back = Back
method-totp = Authenticator app
method-sms = Text message
method-voice = Phone call
method-email = E-mail
method-recommended = Recommended
method-less-secure = Less secure
methods-notice = Messages and calls can be read or redirected by others. Use the app if you can.

## Logout

logout-heading = Log out?
logout-lead = This ends your session with { $brand } in every application.
logout-submit = Log out
logged-out-heading = You are logged out
logged-out-text = On a shared computer, close the browser too.
log-in-again = Log in again

## On the way to an application

leave-heading = You are in
leave-text = We are taking you to your application.
leave-link = Go on
not-sent-heading = Your form was not sent
not-sent-text = Your session had ended before you sent it, so nothing was passed on. Log in, then send it again.
not-sent-hint = Your browser’s back button may still show what you typed.
not-sent-link = Log in

## Account

account-heading = Hello, { $name }
account-title = Your account
account-applications = Your applications
account-no-applications = There are no applications for you here yet.
account-person = About you
account-username = User name
account-email = E-mail
account-groups = Groups
account-methods = Your second step
account-no-methods = You have no second step set up.

## Where it does not go on

refused-heading = You cannot open this
refused-text = You are logged in, but your account has no access here. If you need it, ask whoever looks after this application.
not-enrolled-heading = A second step is missing
not-enrolled-text = This application asks for a second step at login, and your account has none that counts here. Please contact support to have one set up.
login-ended-heading = This login has ended
login-ended-text = It was open for too long, or there were too many tries. Please start again.
not-found-heading = There is nothing here
not-found-text = No page has this address. Check it for typing mistakes, or go back.
bad-request-heading = We could not read that
bad-request-text = Something about what your browser sent was not right. Go back, reload the page and try again.
misdirected-heading = This address leads nowhere
misdirected-text = Nothing is kept at this address. Check it for typing mistakes, or ask whoever gave it to you.
too-large-heading = That is too large
too-large-text = What you sent is larger than we can take. Try again with something smaller.
too-many-heading = That was a bit much
too-many-text = Too many requests came from you in a short time. You can try again { $wait }.
unavailable-heading = We will be right back
unavailable-text = We cannot let anyone in at the moment. You did nothing wrong: please try again shortly.
upstream-down-heading = The application does not answer
upstream-down-text = Your way in is fine, but the application cannot be reached. Please try again shortly.
upstream-slow-heading = The application takes too long
upstream-slow-text = It did not answer in time. If you were sending something, check whether it arrived before you send it again.
fault-heading = Something went wrong
fault-text = The mistake is ours, not yours. Please try again. If it happens again, tell support the request ID below.
timeout-heading = That took too long
timeout-text = Your browser’s request did not reach us in time. Check your connection and try again.
method-not-allowed-heading = That does not work here
method-not-allowed-text = This address cannot be used in this way. Go back and use the links and buttons of the page.
headers-too-large-heading = Your browser sent too much
headers-too-large-text = Often that means too many cookies. Delete the cookies of this site and try again.
stale-heading = This page was out of date
stale-text = So what you sent was not used. Go back, reload the page and try again.

## Text messages: letters of the GSM alphabet only, and short (see message.rs)

sms-code =
    { $minutes ->
        [one] { $code } is your { $brand } login code, valid for { $minutes } minute. We never ask for it. Do not share it.
       *[other] { $code } is your { $brand } login code, valid for { $minutes } minutes. We never ask for it. Do not share it.
    }

## E-mails

email-code-subject = { $code } is your { $brand } login code
email-code-first = { $code } is your code to log in to { $brand }.
email-code-validity =
    { $minutes ->
        [one] It works once, for { $minutes } minute.
       *[other] It works once, for { $minutes } minutes.
    }
email-code-origin = The login came from { $origin }. If that was not you, somebody knows your password: do not pass on the code, and change your password soon.
email-code-never = We never ask for this code, neither by phone nor by message. Enter it only on the page where you are logging in.
