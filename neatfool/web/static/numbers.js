/* Numbers as people read them: the twin of neatfool/reporting.py, which says why. */

const [LEAST, LACKING, HIGH] = [1e-6, 1e-7, 0.9];

/** A confidence, or any share: 0.99556 as "99.56 %", never rounded to certainty; none as a dash. */
export function percent(share) {
  if (share === null || !Number.isFinite(share)) return "–";
  if (share < 0) return "refused";
  const lacks = 1 - share;
  if (share === 0 || lacks <= 0) return share === 0 ? "0 %" : "100 %";
  if (share < LEAST) return "< 0.0001 %";
  if (lacks < LACKING) return "> 99.99999 %";
  return `${hundredfold(share, Math.min(share, 10 * lacks))} %`;
}

/** By how much a share is larger than another: from 90 % on in nines, below in points. */
export function apart(one, other) {
  const inNines = Math.max(one, other) >= HIGH;
  const size = inNines ? nines(one) - nines(other) : Math.max(one, 0) - Math.max(other, 0);
  const some = Math.abs(size);
  const text = inNines ? some.toFixed(2) : some < LEAST ? "0.00" : hundredfold(some, some);
  return text === "0.00" ? "0" : `${size > 0 ? "+" : "−"}${text} ${inNines ? "nines" : "points"}`;
}

/** How many nines a share has: 0.99 has two. */
export const nines = (share) => -Math.log10(Math.max(1 - share, LACKING));

/** A number of up to six digits: 1234.5678 as "1,234.57". */
export function figure(number) {
  const notation = Math.abs(number) < 1e9 ? "standard" : "scientific";
  return number.toLocaleString("en", { maximumSignificantDigits: 6, notation });
}

/** A score in its unit; none as a dash. */
export const write = (score, unit) => (unit.is_share || score === null ? percent(score) : figure(score));

/** A round score, as short as can be. */
export const writeLevel = (level, unit) =>
  unit.is_share ? `${Number((100 * level).toPrecision(10))} %` : figure(level);

/** A hundred times a share, with three digits of what is small in it. */
function hundredfold(share, small) {
  let [places, scale] = [1, 10];
  while (small * scale < 1) [places, scale] = [places + 1, scale * 10];
  return (100 * share).toFixed(places);
}
