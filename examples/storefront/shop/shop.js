/** The shop's own script: asks for consent, keeps the session where it may, and starts Edgewise. */

import { startEdgewise } from "/edgewise/client.js";
import { registerServiceWorker } from "/edgewise/registration.js";
import { agreed, agree } from "./consent.js";
import { forgetSession, keepSession } from "./session.js";

const WORKER = "/service_worker.js?edge=first&features=/account/features&exposures=/exposures";

if (agreed()) keepSession();
const edgewise = startEdgewise({ deadline: 400, exposures: "/exposures" });
if (agreed()) registerServiceWorker(WORKER);

const banner = document.querySelector(".banner");
banner.hidden = agreed() !== null;

document.addEventListener("click", async ({ target }) => {
  const choice = target.dataset?.consent;
  if (choice === "ask") banner.hidden = false;
  else if (choice !== undefined) await choose(choice === "all");
});

async function choose(isAll) {
  const had = agreed();
  banner.hidden = true;
  agree(isAll);
  if (isAll) {
    keepSession();
    registerServiceWorker(WORKER);
    dispatchEvent(new Event("edgewise:consent"));
  } else if (had) {
    forgetSession();
    // Only the server can take back a cookie that scripts cannot see.
    await fetch("/consent", { method: "DELETE" });
    dispatchEvent(new Event("edgewise:withdraw"));
  }
}

const offline = document.querySelector(".offline");
const showNetwork = () => (offline.hidden = navigator.onLine);
addEventListener("offline", showNetwork);
addEventListener("online", showNetwork);
showNetwork();

/** For the console, and for tests. */
window.edgewise = edgewise;
