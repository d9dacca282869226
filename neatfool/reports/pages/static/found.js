/* What lists are searched, filtered and sorted by: of runs, of classes, of the elites of a report. */

const language = new Intl.Collator("en", { numeric: true });

/** Test names for the words that are searched for; a word may be the number of a class, too. */
export function searched(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return (name, index = "") => {
    const text = name.toLowerCase();
    return words.every((word) => text.includes(word) || word === String(index));
  };
}

/** Test scores for a level: "0.9", "below 0.9" or, for any, "". Without an elite there is none. */
export function within(level) {
  const isBelow = level.startsWith("below ");
  const bound = Number(isBelow ? level.slice("below ".length) : level);
  return (score) => !level || (score ?? -Infinity) < bound === isBelow;
}

/** Compare names as people count: "c2" comes before "c10". */
export const byName = (one, other) => language.compare(one.name, other.name);

/** Compare by a number, the smallest first; what has none comes before them. */
export function byNumber(number) {
  const known = (item) => number(item) ?? -Number.MAX_VALUE;
  return (one, other) => known(one) - known(other);
}

/** Compare the other way round. */
export const reversed = (compare) => (one, other) => compare(other, one);
