/** The answer of an evaluator that writes none itself: a JSON object of values by flag. */

export function createAnswer(flags, decide) {
  return (visitor) => {
    const found = decide(visitor);
    const answer = {};
    for (let i = 0; i < flags.length; i += 1) answer[flags[i]] = found[i];
    return JSON.stringify(answer);
  };
}
