/**
 * Decides requests with packaged wheels in Pyodide, one interpreter for all of them, and no network.
 *
 *     node pyodide_wheels.mjs LOCK FOLDER PACKAGE
 *
 * PACKAGE of the lock file is loaded from FOLDER first, by its name, as an application would. Then each line
 * `{"wheel": PATH, "cases": [[REQUEST, AT], ...]}` unpacks that wheel over it, and gets a list of answers. The host stays
 * the one that was loaded first, so these wheels may be without it.
 */

import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { loadPyodide } from "pyodide";

const ANSWER = `
import importlib, json, sys
import edgewise_decisions.edgewise_host

def forget():
    for name in ("edgewise_decisions", "edgewise_decisions.program"):
        sys.modules.pop(name, None)

def answer_line(line):
    importlib.invalidate_caches()
    import edgewise_decisions
    import edgewise_decisions.program
    assert edgewise_decisions.program.__file__.endswith(".pyc"), edgewise_decisions.program.__file__
    faults = []
    host = edgewise_decisions.host(on_error=faults.append)
    return json.dumps([answer(edgewise_decisions, host, faults, *case) for case in json.loads(line)["cases"]])

def answer(package, host, faults, request, at):
    faults.clear()
    try:
        text = host.decide(request, at)
        same = faults or package.answer(request, at) == text
    except package.RequestError as error:
        return f"error: {error.code}"
    return f"error: {faults[0]!r}" if faults else text if same else "error: answer() differs from the host"
`;

globalThis.fetch = (address) => {
  throw new Error(`expected no network, found a request of ${address}`);
};

const [lockFileURL, folder, name] = process.argv.slice(2);
const python = await loadPyodide({ lockFileURL, packageCacheDir: `${folder}/` });
const said = [];
await python.loadPackage(name, { messageCallback: () => {}, errorCallback: (message) => said.push(message) });
if (said.length > 0) throw new Error(said.join("\n"));
python.runPython(ANSWER);
const forget = python.globals.get("forget");
const answerLine = python.globals.get("answer_line");

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${await answered(line)}\n`);
}

async function answered(line) {
  try {
    forget();
    python.unpackArchive(new Uint8Array(await readFile(JSON.parse(line).wheel)), "wheel");
    return answerLine(line);
  } catch (error) {
    return JSON.stringify({ error: String(error) });
  }
}
