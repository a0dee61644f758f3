/** Tells whether the runtime lets code be made of text; workers do not. */

export function allowsCodeOfText() {
  try {
    return new Function("return true")();
  } catch {
    return false;
  }
}
