/**
 * Decides requests with compiled Python programs in Pyodide, as a Python worker does: one interpreter for all programs.
 *
 *     node pyodide_runner.mjs FOLDER
 *
 * FOLDER holds the package `edgewise_host`; it is copied into Pyodide's own file system, and so is the program of each line.
 * Lines and answers are those of node_runner.mjs, without an engine.
 */

import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { loadPyodide } from "pyodide";

const ANSWER = `
import json, sys, types

sys.path.insert(0, "/artefact")
import edgewise_host

def answer_line(line):
    module = types.ModuleType("program")
    with open("/artefact/program.py", encoding="utf-8") as file:
        exec(compile(file.read(), "program.py", "exec"), module.__dict__)
    with open("/artefact/tables.json", encoding="utf-8") as file:
        tables = json.load(file)
    faults = []
    host = edgewise_host.Host(tables, module.decide, target="python", on_error=faults.append)
    return json.dumps([answer(host, faults, request, at) for request, at in json.loads(line)["cases"]])

def answer(host, faults, request, at):
    faults.clear()
    try:
        text = host.decide(request, at)
    except edgewise_host.RequestError as error:
        return f"error: {error.code}"
    return f"error: {faults[0]!r}" if faults else text

answer_line
`;

const python = await loadPyodide();
const folder = process.argv[2];
for (const name of await readdir(join(folder, "edgewise_host"), { recursive: true })) {
  if (!name.endsWith(".py")) continue;
  python.FS.mkdirTree(dirname(`/artefact/edgewise_host/${name}`));
  python.FS.writeFile(`/artefact/edgewise_host/${name}`, await readFile(join(folder, "edgewise_host", name)));
}
const answerLine = python.runPython(ANSWER);

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${await answered(line)}\n`);
}

/** Python reads the line itself: what JSON.parse and JSON.stringify make of it may have lost a sign or a digit. */
async function answered(line) {
  try {
    const { program } = JSON.parse(line);
    for (const name of ["program.py", "tables.json"]) {
      python.FS.writeFile(`/artefact/${name}`, await readFile(join(program, name)));
    }
    return answerLine(line);
  } catch (error) {
    return JSON.stringify({ error: String(error) });
  }
}
