/** Money, tokens and times as the page writes them. */

const whole = new Intl.NumberFormat(undefined);
const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });

/** Millionths of a US dollar as dollars: two digits, and more where less than a cent would be lost. */
export function usd(micros: number): string {
  const digits = micros !== 0 && Math.abs(micros) < 10_000 ? 4 : 2;
  return (micros / 1_000_000).toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function count(number: number): string {
  return whole.format(number);
}

/** "1.2M" where every digit would only be in the way. */
export function rough(number: number): string {
  return short.format(number);
}

export function share(part: number | null): string {
  return part === null ? "–" : percent.format(part);
}

export function seconds(ms: number | null): string {
  if (ms === null) return "–";
  return ms < 1_000 ? `${ms} ms` : `${(ms / 1000).toLocaleString(undefined, { maximumFractionDigits: 1, minimumFractionDigits: 1 })} s`;
}

/** How much of a limit is used, 0 to 1. Without a limit above 0 nothing may be used. */
export function used(part: number, limit: number): number {
  return limit > 0 ? Math.min(part / limit, 1) : 1;
}
