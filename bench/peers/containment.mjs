// npm's json-schema-diff for `bench/compat.py`: what `containment.py` is for Python.
//
// It answers with the schema of what was removed; nothing removed means contained. It reads draft 7.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const modules = process.argv[2];
const { diffSchemas } = createRequire(`${modules}/`)("json-schema-diff");
console.log(JSON.parse(readFileSync(`${modules}/json-schema-diff/package.json`, "utf-8")).version);

for await (const line of createInterface({ input: process.stdin })) {
  const [sourceSchema, destinationSchema] = JSON.parse(line);
  const start = process.cpuUsage();
  let answer;
  try {
    answer = { answer: !(await diffSchemas({ sourceSchema, destinationSchema })).removalsFound };
  } catch (error) {
    answer = { answer: null, crash: true, error: String(error).slice(0, 200) };
  }
  const { user, system } = process.cpuUsage(start);
  console.log(JSON.stringify({ ...answer, seconds: (user + system) / 1e6 }));
}
