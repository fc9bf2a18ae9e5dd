// Other people's SD-JWT VC and JOSE, spoken with by one JSON request and one JSON answer a line.
//
// A request is {"command": <name>, …its members}; an answer {"result": …} or {"error": <message>}.
// Keys travel as JWKs and signatures are made by Node's own crypto, so nothing of certx is in here.

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { createInterface } from "node:readline";
import {
  createHeaderAndPayload, getListFromStatusListJWT, getStatusListFromJWT, StatusList,
} from "@sd-jwt/jwt-status-list";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { importJWK, jwtVerify, SignJWT } from "jose";

globalThis.fetch = () => {
  throw new Error("a peer opened a network connection");
};

const isEdwards = (jwk) => jwk.kty === "OKP";

function signerOf(jwk) {
  const key = createPrivateKey({ key: jwk, format: "jwk" });
  return (data) =>
    (isEdwards(jwk)
      ? sign(null, Buffer.from(data), key)
      : sign("sha256", Buffer.from(data), { key, dsaEncoding: "ieee-p1363" })
    ).toString("base64url");
}

function isSigned(data, signature, jwk) {
  const key = createPublicKey({ key: jwk, format: "jwk" });
  const bytes = Buffer.from(signature, "base64url");
  return isEdwards(jwk)
    ? verify(null, Buffer.from(data), key, bytes)
    : verify("sha256", Buffer.from(data), { key, dsaEncoding: "ieee-p1363" }, bytes);
}

const hasher = (data, algorithm) => createHash(algorithm.replace("-", "")).update(data).digest();
const saltGenerator = (length) => randomBytes(length).toString("base64url");

const commands = {
  key({ algorithm }) {
    const { privateKey } =
      algorithm === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("ed25519");
    const { d, ...publicJwk } = privateKey.export({ format: "jwk" });
    return { public: publicJwk, private: { ...publicJwk, d } };
  },

  issue({ claims, frame, key, algorithm, hash = "sha-256" }) {
    const issuer = new SDJwtVcInstance({
      signer: signerOf(key), signAlg: algorithm, hasher, hashAlg: hash, saltGenerator,
    });
    return issuer.issue(claims, frame);
  },

  present({ credential, frame, key, algorithm, binding }) {
    const holder = new SDJwtVcInstance({ hasher, kbSigner: signerOf(key), kbSignAlg: algorithm });
    return holder.present(credential, frame, { kb: { payload: binding } });
  },

  async verify({ credential, jwk, now, nonce }) {
    const verifier = new SDJwtVcInstance({
      hasher,
      verifier: (data, signature) => isSigned(data, signature, jwk),
      kbVerifier: (data, signature, claims) => isSigned(data, signature, claims.cnf.jwk),
    });
    const options = { currentDate: now, disableStatusVerification: true, keyBindingNonce: nonce };
    const { payload, header, kb } = await verifier.verify(credential, options);
    return { claims: payload, header, binding: kb?.payload ?? null };
  },

  statusReference({ credential }) {
    return getStatusListFromJWT(credential.split("~")[0]);
  },

  // The library makes header and payload; jose signs them.
  async writeStatusList({ values, bits, claims, key, algorithm }) {
    const { header, payload } = createHeaderAndPayload(new StatusList(values, bits), claims, {
      alg: algorithm, typ: "statuslist+jwt",
    });
    return new SignJWT(payload).setProtectedHeader(header).sign(await importJWK(key, algorithm));
  },

  readStatusList({ token, indexes }) {
    const list = getListFromStatusListJWT(token);
    return { bits: list.getBitsPerStatus(), values: indexes.map((index) => list.getStatus(index)) };
  },

  async joseSign({ claims, typ, key, algorithm }) {
    return new SignJWT(claims).setProtectedHeader({ alg: algorithm, typ }).sign(await importJWK(key, algorithm));
  },

  async joseVerify({ jws, jwk, typ, algorithm, now }) {
    const options = { typ, algorithms: [algorithm], currentDate: new Date(now * 1000) };
    const { payload, protectedHeader } = await jwtVerify(jws, await importJWK(jwk, algorithm), options);
    return { claims: payload, header: protectedHeader };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...members } = JSON.parse(line);
  let answer;
  try {
    answer = { result: await commands[command](members) };
  } catch (error) {
    answer = { error: String(error.message) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
