// Judges request/response pairs by Microsoft's OpenAPI descriptions, with Microsoft's own live validator.
//
//   node check.mjs SPECIFICATION FOLDER    reads FOLDER/*.jsonl; without FOLDER: standard input
//
// SPECIFICATION is a folder that holds *.json descriptions (the `specification` tree). Each input line is one pair, as
// the sandbox's --record-pairs writes it. Pairs that are alike (method, path, version, status, forms of both bodies) are
// judged once and counted all. Prints one JSON report (see `report` below) and exits 0; who asks decides what it means.
import { createReadStream, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import readline from "node:readline";
import oav from "oav";
import { pattern, shape } from "./forms.mjs";

const HERE = path.dirname(new URL(import.meta.url).pathname);
const table = (name) => JSON.parse(readFileSync(path.join(HERE, name), "utf8"));
const HOST = "https://management.azure.com";

/** What the descriptions get wrong about the real service: rows with rule, code, operation, path, message, reason. */
const KNOWN = table("known.json").map((row) => ({
  ...row, operation: new RegExp(row.operation), path: new RegExp(row.path), message: new RegExp(row.message ?? ""),
}));
/** The version by which addresses of Resource Manager itself are judged: the newest description at hand. */
const MANAGER = "2024-07-01";
/** Addresses for which there is no description at hand: rows with address, reason. */
const UNDESCRIBED = table("undescribed.json").map((row) => ({ ...row, address: new RegExp(row.address, "i") }));

/** The API descriptions below `folder`; their examples and the fragments that they include are none themselves. */
const descriptions = (folder) => readdirSync(folder, { recursive: true })
  .map((name) => path.join(folder, name))
  .filter((name) => /[\\/]stable[\\/][0-9-]+[\\/][^\\/]+\.json$/.test(name));

/** The validator with those descriptions loaded; it reads nothing but files, and says nothing while it does. */
async function load(folder) {
  const validator = new oav.LiveValidator({
    directory: folder,
    swaggerPaths: descriptions(folder),
    git: { shouldClone: false },
    loadValidatorInBackground: false,
    loadValidatorInInitialize: true,
  }, () => {});
  await validator.initialize();
  return validator;
}

/** The pairs, one kind of pair once: {pair, count}. */
async function read(folder) {
  const kinds = new Map();
  const inputs = folder
    ? readdirSync(folder).filter((name) => name.endsWith(".jsonl")).sort().map((name) => createReadStream(path.join(folder, name)))
    : [process.stdin];
  for (const input of inputs) {
    for await (const line of readline.createInterface({ input, crlfDelay: Infinity })) {
      if (line.trim()) note(kinds, JSON.parse(line));
    }
  }
  return [...kinds.values()];
}

function note(kinds, pair) {
  const { request, response } = pair;
  const key = JSON.stringify([
    request.method, pattern(request.url, true), Boolean(request.unread), Boolean(pair.planned), shape(request.body),
    response && [response.status, shape(response.body)],
  ]);
  const kind = kinds.get(key) ?? { pair, count: 0 };
  kind.count += 1;
  kinds.set(key, kind);
}

/** One finding per place: {side, code, operation, path, message}. */
const flat = (side, operation, error) => (error.pathsInPayload?.length ? error.pathsInPayload : [""])
  .map((at) => ({ side, code: error.code, operation, path: at, message: error.message }));

const live = ({ method, url, headers, body }) => ({
  method, headers: headers ?? {}, body: body ?? {},
  url: HOST + (/\/Microsoft\.DataFactory\//i.test(url) ? url : url.replace(/(?<=[?&]api-version=)[\w-]+/, MANAGER)),
});

/** What the validator says about one pair. */
async function findings(validator, { request, response }) {
  const result = await validator.validateLiveRequestResponse({
    liveRequest: live(request),
    liveResponse: { statusCode: String(response.status), headers: response.headers, body: response.body ?? {} },
  });
  const sides = { request: result.requestValidationResult, response: result.responseValidationResult };
  const operation = sides.request.operationInfo?.operationId ?? "";
  return Object.entries(sides).flatMap(([side, of]) => [
    ...of.errors.flatMap((error) => flat(side, operation, error)),
    ...(of.runtimeException ? flat(side, operation, of.runtimeException) : []),
  ]);
}

// --- what callers sent ------------------------------------------------------------------------------------------------

/** A place inside an object's properties, wherever the object is shown, or a request's own extra member; else "". */
function inside({ side, operation, code, path: at }) {
  const extra = side === "request" && code === "OBJECT_ADDITIONAL_PROPERTIES" && /^\/\w+$/.exec(at)?.[0];
  const below = /^(?:\/value\/\d+)?(\/properties\/.+)$/.exec(at)?.[1] ?? extra;
  if (!below) return "";
  const kind = operation.split("_")[0];
  const shared = kind === "Factories" && /^\/properties\/globalParameters(\/.+)$/.exec(below);
  const [owner, place] = shared ? ["GlobalParameters", `/properties${shared[1]}`] : [kind, below];
  return `${owner} ${code} ${place.replace(/\/\d+(?=\/|$)/g, "/N")}`;
}

/** The places where callers' own objects leave the descriptions: in PUT bodies, and in the templates they deploy. */
async function sentBy(validator, { request, response }) {
  if (request.method !== "PUT" || !response || response.status >= 400) return [];
  const { errors, operationInfo } = await validator.validateLiveRequest(live(request));
  const own = errors.flatMap((error) => flat("request", operationInfo?.operationId ?? "", error));
  for (const resource of request.body?.properties?.template?.resources ?? []) {
    const made = await validator.validateLiveRequest(live(asPut(resource)));
    own.push(...made.errors.flatMap((error) => flat("request", made.operationInfo?.operationId ?? "", error)));
  }
  return own.map(inside).filter(Boolean);
}

/** A template's resource as the PUT that it stands for. */
function asPut({ type, properties, location, identity }) {
  const words = String(type).split("/");
  const where = words.slice(1).map((word) => `/${word}/name`).join("");
  const url = `/subscriptions/s/resourceGroups/rg/providers/${words[0]}${where}?api-version=2018-06-01`;
  return { method: "PUT", url, headers: { "content-type": "application/json" }, body: { properties, location, identity } };
}

// --- judging ----------------------------------------------------------------------------------------------------------

const isKnown = (row, finding) => row.code === finding.code && row.operation.test(finding.operation)
  && row.path.test(finding.path) && row.message.test(finding.message);

/** Whether a finding counts: what a caller sent wrong, and the sandbox refused, is no mistake of the sandbox. */
const concerns = ({ request, response }, finding) =>
  finding.side === "response" || (response.status < 400 && !request.unread);

const as = (verdict, rule) => ({ verdict, rules: [rule], lines: [] });

/** Judges one kind of pair: {verdict, rules, lines}. */
async function judge(validator, sent, pair) {
  const { request, response } = pair;
  if (!response) return as("undescribed", "cut: a fault rule cut the connection");
  if (pair.planned && response.body === null) return as("undescribed", "a fault rule's answer without a body");
  const address = `${request.method} ${pattern(request.url)}`;
  const row = UNDESCRIBED.find((one) => one.address.test(address));
  if (row) return as("undescribed", row.reason);
  const found = await findings(validator, pair);
  if (found.some(({ code }) => code.startsWith("OPERATION_NOT_FOUND"))) {
    if (response.status >= 400) return as("undescribed", "no such operation in the descriptions, and refused");
    const line = `${address} -> ${response.status}: answered, but neither the descriptions nor undescribed.json have it`;
    return { verdict: "wrong", rules: [], lines: [line] };
  }
  const judged = verdictOf(pair, sent, found.filter((finding) => concerns(pair, finding)));
  return pair.planned && judged.verdict === "wrong" ? as("undescribed", "a fault rule's answer that Azure would not give") : judged;
}

function verdictOf({ request, response }, sent, found) {
  const call = `${request.method} ${request.url} -> ${response.status}`;
  const rules = new Set();
  const lines = new Set();
  for (const finding of found) {
    const { side, code, operation, path: at, message } = finding;
    const known = KNOWN.find((row) => isKnown(row, finding));
    if (known) rules.add(known.rule);
    else if (sent.has(inside(finding))) rules.add(`as its caller sent it: ${code}`);
    else lines.add(`${call}: ${operation} ${side} ${code} ${at} ${message}`);
  }
  return { verdict: lines.size ? "wrong" : rules.size ? "known" : "ok", rules: [...rules], lines: [...lines] };
}

const kinds = await read(process.argv[3]);
const validator = await load(path.resolve(process.argv[2]));
const sent = new Set();
for (const { pair } of kinds) for (const place of await sentBy(validator, pair)) sent.add(place);
const report = {
  pairs: 0, kinds: kinds.length, planned: 0, verdicts: { ok: 0, known: 0, wrong: 0, undescribed: 0 },
  /** How many pairs each rule of known.json excused, and how many are undescribed for each reason. */
  rules: {}, lines: [],
};
for (const { pair, count } of kinds) {
  const { verdict, rules, lines } = await judge(validator, sent, pair);
  report.pairs += count;
  report.planned += pair.planned ? count : 0;
  report.verdicts[verdict] += count;
  for (const rule of rules) report.rules[rule] = (report.rules[rule] ?? 0) + count;
  report.lines.push(...lines);
}
console.log(JSON.stringify(report));
