// npm's SD-JWT VC, timed by the CPU time of this process: one JSON question and one JSON answer a line.
//
// The first question brings the work; each later one is {"command": "issue" | "verify", "count": <operations>}.
// Signatures and hashes are made by Node's own crypto, which is faster here than the library's WebCrypto examples.

import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { SDJwtVcInstance } = await import(pathToFileURL(`${process.argv[2]}/@sd-jwt/sd-jwt-vc/dist/index.mjs`));

const encoding = { dsaEncoding: "ieee-p1363" };
const hasher = (data, algorithm) => createHash(algorithm.replace("-", "")).update(data).digest();
const saltGenerator = (length) => randomBytes(length).toString("base64url");

const frameOf = (claims, { selective, elements }) => {
  const frame = { _sd: selective.filter((name) => name in claims) };
  for (const name of elements) {
    frame[name] = { _sd: claims[name].map((_, position) => position) };
  }
  return frame;
};

const prepare = async (work) => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKey = createPublicKey({ key: work.jwk, format: "jwk" });
  const issuer = new SDJwtVcInstance({
    signer: (data) => sign("sha256", Buffer.from(data), { key: privateKey, ...encoding }).toString("base64url"),
    signAlg: "ES256",
    hasher,
    hashAlg: "sha-256",
    saltGenerator,
  });
  const verifier = new SDJwtVcInstance({
    hasher,
    verifier: (data, signature) =>
      verify("sha256", Buffer.from(data), { key: publicKey, ...encoding }, Buffer.from(signature, "base64url")),
  });
  const frames = work.claims.map((claims) => frameOf(claims, work));
  const options = { disableStatusVerification: true };
  return {
    size: work.claims.length,
    issue: (index) => issuer.issue(work.claims[index], frames[index]),
    verify: (index) => verifier.verify(work.credentials[index], options),
  };
};

const cpuSeconds = async (work, operation, count) => {
  const start = process.cpuUsage();
  for (let done = 0; done < count; done += 1) {
    await operation(done % work.size);
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
};

let work;
for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  let answer;
  if (work === undefined) {
    work = await prepare(question);
    await work.verify(0);
    answer = { node: process.version, sample: await work.issue(0) };
  } else {
    answer = { seconds: await cpuSeconds(work, work[question.command], question.count) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
