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

/** A number of up to six digits, or a whole one of up to nine: 1234.5678 as "1,234.57". */
export function figure(number) {
  const size = Math.abs(number);
  const whole = size % 1 === 0.5 ? 2 * Math.round(size / 2) : Math.round(size);
  const isWhole = size >= 1e5 && size < 1e9;
  return (number < 0 ? "-" : "") + (isWhole ? whole.toLocaleString("en") : general(size, 6));
}

/** A score in its unit; a dash for none, and for one that is no number. */
export const write = (score, unit) =>
  unit.is_share || !Number.isFinite(score) ? percent(score) : figure(score);

/** A round score, as short as can be. */
export const writeLevel = (level, unit) =>
  unit.is_share ? `${general(100 * level, 10)} %` : write(level, unit);

/** A number from 0 on with so many digits, ties to even, as Python's format "g" writes it. */
function general(number, count) {
  const tie = new RegExp(`^(\\d\\.\\d{${count - 2}}[02468])50*e`);
  const even = Number(number.toExponential(60).replace(tie, "$1e"));
  const [digits, power] = even.toExponential(count - 1).split("e").map(Number);
  if (power >= -4 && power < count)
    return Number(even.toPrecision(count)).toLocaleString("en", { maximumFractionDigits: count + 3 });
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** A hundred times a share, with three digits of what is small in it. */
function hundredfold(share, small) {
  let [places, scale] = [1, 10];
  while (small * scale < 1) [places, scale] = [places + 1, scale * 10];
  return (100 * share).toFixed(places);
}
