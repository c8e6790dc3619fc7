// An application that believes Vestibule's assertion and nothing else. Node.js 18.3 or newer, with jose.

import { createServer } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";

const { VESTIBULE_URL, OWN_URL, PORT } = process.env; // portal.url, application.url
// Fetched once, and again when a key is not among them.
const keys = createRemoteJWKSet(new URL(process.env.VESTIBULE_KEYS ?? `${VESTIBULE_URL}/.vestibule/jwks.json`));

// What Vestibule says of who sent a request; throws when it says nothing.
async function claimsOf(request) {
  const assertions = request.headersDistinct["vestibule-assertion"] ?? [];
  if (assertions.length !== 1) throw new Error("one assertion, please");
  const { payload } = await jwtVerify(assertions[0], keys, {
    algorithms: ["ES256"],
    typ: "vestibule+jwt",
    issuer: VESTIBULE_URL,
    audience: OWN_URL,
    requiredClaims: ["sub", "exp", "nbf"],
    clockTolerance: 5,
  });
  return payload;
}

createServer(async (request, response) => {
  try {
    const { preferred_username } = await claimsOf(request);
    response.writeHead(200).end(`hello ${preferred_username}`);
  } catch {
    response.writeHead(401).end("who are you?");
  }
}).listen(Number(PORT), "127.0.0.1");
