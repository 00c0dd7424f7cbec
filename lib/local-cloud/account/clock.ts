/**
 * The time by which things are hidden and come back: that of the machine, but it goes on where that is put back. What is
 * hidden for half a minute would stay so for as long as the clock was put back, otherwise.
 */
export class Clock {
  /** What is to be added to the time that has passed. */
  private offset = -Infinity;

  /** In milliseconds since 1970. */
  public now(): number {
    const [now, passed] = [Date.now(), performance.now()];
    this.offset = Math.max(this.offset, now - passed);
    return Math.max(now, Math.floor(this.offset + passed));
  }
}
