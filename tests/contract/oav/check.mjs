// Checks recorded request/response pairs against Microsoft's OpenAPI descriptions, with Microsoft's own live validator.
//
//   node check.mjs SPECIFICATION < pairs.jsonl
//
// SPECIFICATION is a folder that holds *.json descriptions (the `specification` tree). Each input line is one pair:
//   {"request": {"method", "url", "headers", "body"}, "response": {"status", "headers", "body"}}
// Prints one line per finding, then `pairs: N, ok: N, known: N, wrong: N`; exits 1 when anything is wrong, or when
// there was nothing to check. `known` are findings that the real service's recorded traffic gives as well.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import oav from "oav";

/**
 * What the descriptions get wrong about the real service. Each row names the narrowest place it is true for.
 * @type {ReadonlyArray<{code: string, operation: RegExp, path: RegExp, reason: string}>}
 */
const KNOWN = [
  {
    code: "INVALID_TYPE", operation: /^(Pipelines|Datasets|LinkedServices|Triggers|DataFlows)_/, path: /\/properties\/./,
    reason: "the descriptions write `type: object` for any JSON value; recorded traffic holds texts and arrays there",
  },
  {
    code: "OBJECT_ADDITIONAL_PROPERTIES", operation: /^DeploymentOperations_/, path: /^(\/value\/\d+\/properties\/trackingId ?)+$/,
    reason: "recorded deployment operations of the service carry a trackingId",
  },
  {
    code: "OBJECT_ADDITIONAL_PROPERTIES", operation: /^Factories_/, path: /^(\/value\/\d+)?\/properties\/factoryStatistics$/,
    reason: "recorded factories of the service carry factoryStatistics",
  },
];

/** @typedef {{request: {method: string, url: string, headers: Record<string, string>, body?: unknown},
 *             response: {status: number, headers: Record<string, string>, body?: unknown}}} Pair */

/** @param {string} text @returns {Pair[]} */
const parse = (text) => text.split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));

/** The API descriptions below `folder`; their examples and the fragments that they include are none themselves. */
const descriptions = (folder) => readdirSync(folder, { recursive: true })
  .map((name) => path.join(folder, name))
  .filter((name) => /[\\/]stable[\\/][0-9-]+[\\/][^\\/]+\.json$/.test(name));

/** The validator with those descriptions loaded; it reads nothing but files, and says nothing while it does. */
async function load(folder) {
  const quiet = () => {};
  const validator = new oav.LiveValidator({
    directory: folder,
    swaggerPaths: descriptions(folder),
    git: { shouldClone: false },
    loadValidatorInBackground: false,
    loadValidatorInInitialize: true,
  }, quiet);
  await validator.initialize();
  return validator;
}

/** What the validator says about one pair, as flat findings. */
async function findings(validator, { request, response }) {
  const result = await validator.validateLiveRequestResponse({
    liveRequest: { method: request.method, url: request.url, headers: request.headers, body: request.body ?? {} },
    liveResponse: { statusCode: String(response.status), headers: response.headers, body: response.body ?? {} },
  });
  const sides = [result.requestValidationResult, result.responseValidationResult];
  const crashes = [result, ...sides].map((side) => side.runtimeException).filter(Boolean);
  const operation = sides[0].operationInfo?.operationId ?? "";
  return [
    ...crashes.map((crash) => ({ code: crash.code, operation, path: "", message: crash.message })),
    ...sides.flatMap((side) => side.errors).map((error) => ({
      code: error.code, operation, path: (error.pathsInPayload ?? []).join(" "), message: error.message,
    })),
  ];
}

const isKnown = (finding) => KNOWN.some((row) =>
  row.code === finding.code && row.operation.test(finding.operation) && row.path.test(finding.path));

const pairs = parse(readFileSync(0, "utf8"));
const validator = await load(path.resolve(process.argv[2]));
const count = { ok: 0, known: 0, wrong: 0 };
for (const pair of pairs) {
  const found = await findings(validator, pair);
  const wrong = found.filter((finding) => !isKnown(finding));
  count[wrong.length ? "wrong" : found.length ? "known" : "ok"] += 1;
  const call = `${pair.request.method} ${pair.request.url} -> ${pair.response.status}`;
  for (const line of new Set(wrong.map(({ code, operation, path: at, message }) => `${operation} ${code} ${at} ${message}`))) {
    console.log(`${call}: ${line}`);
  }
}
console.log(`pairs: ${pairs.length}, ok: ${count.ok}, known: ${count.known}, wrong: ${count.wrong}`);
process.exit(count.wrong || !pairs.length ? 1 : 0);
