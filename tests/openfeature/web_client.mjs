/** OpenFeature's web SDK with its own OFREP provider: `node web_client.mjs BASE_URL` prints what a page would see. */

import { OpenFeature } from "@openfeature/web-sdk";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";

const [baseUrl] = process.argv.slice(2);
const statuses = [];
const counting = async (...request) => {
  const response = await fetch(...request);
  statuses.push(response.status);
  return response;
};
const provider = new OFREPWebProvider({ baseUrl, fetchImplementation: counting, pollInterval: -1 });

const seen = [];
const look = (client) => ({
  hero: client.getObjectDetails("home_hero", {}),
  dark: client.getBooleanDetails("dark_mode", true),
  banner: client.getStringDetails("banner", "-"),
  shipping: client.getNumberDetails("shipping", -1),
  mismatch: client.getNumberDetails("banner", -1),
  unknown: client.getStringDetails("nothing", "-"),
});

await OpenFeature.setContext({ targetingKey: "v1", loyalty: "gold" });
await OpenFeature.setProviderAndWait(provider);
const client = OpenFeature.getClient();
seen.push(look(client));
await OpenFeature.setContext({ targetingKey: "v2", country: "AT", latitude: 48.2, cookies: { theme: "dark" }, is_mobile: true });
seen.push(look(client));
await OpenFeature.setContext({ targetingKey: "v2", country: "AT", latitude: 48.2, cookies: { theme: "dark" }, is_mobile: true });
seen.push(look(client));
await OpenFeature.close();
console.log(JSON.stringify({ seen, statuses }));
