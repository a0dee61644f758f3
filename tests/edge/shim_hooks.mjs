/** Resolves the modules of a platform, when a worker imports them, to stand-ins written after the platform's documentation. */

const AKAMAI = ["create-response", "encoding", "log", "crypto"];

export function resolve(specifier, context, next) {
  const isOfTests = context.parentURL?.includes("/tests/edge/") ?? true;
  if (!isOfTests && AKAMAI.includes(specifier)) return found("akamai");
  if (!isOfTests && specifier.startsWith("fastly:")) return found("fastly");
  return next(specifier, context);
}

function found(platform) {
  return { url: new URL(`./${platform}/shim.mjs`, import.meta.url).href, shortCircuit: true };
}
