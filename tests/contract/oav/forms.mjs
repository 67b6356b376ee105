// The form of an address and of a body, without what differs from one test to the next.

/** `/subscriptions/{}/resourceGroups/{}/providers/N/factories/{}?api-version=V`; with `forms` names show their form. */
export function pattern(url, forms = false) {
  const [where, query = ""] = url.split("?");
  const version = /api-version=([\w-]+)/.exec(query)?.[1] ?? "";
  const segments = where.split("/").filter(Boolean);
  return `/${(/^subscriptions$/i.test(segments[0] ?? "") ? resource(segments, forms) : other(segments)).join("/")}?api-version=${version}`;
}

function resource(segments, forms) {
  const out = [];
  for (let at = 0; at < segments.length; at += 2) {
    const [word, next] = segments.slice(at, at + 2);
    out.push(word.slice(0, 60));
    if (/^operation(results|statuses)$/i.test(next)) at -= 1; // an action's own long operation: start/operationstatuses/{}
    else if (next !== undefined) out.push(/^providers$/i.test(word) ? next : forms ? form(next) : "{}");
  }
  return out;
}

const other = (segments) => (/oauth2|\.well-known/.test(segments.join("/")) ? ["{}", ...segments.slice(1)] : segments);

/** A name as the descriptions' patterns and lengths see it. */
const form = (name) => `${[3, 63, 64, 260].filter((limit) => name.length >= limit).length}${name.replace(/[A-Za-z]+/g, "a").replace(/\d+/g, "0").slice(0, 40)}`;

/** The keys, types and times of a JSON body; words that choose a schema or name a state are kept. */
export function shape(node, key = "") {
  if (node === null || node === undefined) return null;
  if (Array.isArray(node)) return [...new Set(node.map((item) => JSON.stringify(shape(item))))].sort();
  switch (typeof node) {
    case "object":
      return Object.fromEntries(Object.keys(node).sort().map((name) => [name, shape(node[name], name)]));
    case "string":
      if (/^(type|status|mode|.*state)$/i.test(key)) return node.slice(0, 80);
      return /^[-\dT:.Z+]+$/.test(node) ? node.replace(/\d+/g, "0") : node && "s";
    case "number":
      return Number.isInteger(node) ? 1 : 1.5;
    default:
      return typeof node;
  }
}
