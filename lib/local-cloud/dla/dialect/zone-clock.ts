/** Each takes longer to make than many uses of it. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of a zone show at an instant, to the second, as the milliseconds of a UTC that shows the same. */
export function zoneClock(millis: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  const parts = format.formatToParts(millis).map(({ type, value }) => [type, Number(value)] as const);
  const { year, month, day, hour, minute, second } = Object.fromEntries(parts);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
