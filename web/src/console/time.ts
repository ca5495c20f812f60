/** Times as the reader's own locale writes them. */

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const shortDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export function clockTime(at: number): string {
  return clock.format(at);
}

export function fullTime(at: number): string {
  return full.format(at);
}

/** "10:42" today, "3 Jun" before. */
export function briefTime(at: number, now: number): string {
  return sameDay(at, now) ? clock.format(at) : shortDay.format(at);
}

/** "10:42" today, "3 Jun, 10:42" before. */
export function noteTime(at: number, now: number): string {
  return sameDay(at, now) ? `Today, ${clock.format(at)}` : `${shortDay.format(at)}, ${clock.format(at)}`;
}

export function dayName(at: number, now: number): string {
  if (sameDay(at, now)) return "Today";
  if (sameDay(at, now - 86_400_000)) return "Yesterday";
  return day.format(at);
}

export function sameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
