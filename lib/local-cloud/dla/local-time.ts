/** Assumption: DLA tells times in China's, UTC+8, in every region. */
const OFFSET_MILLISECONDS = 8 * 60 * 60 * 1000;

/** `yyyy-MM-dd HH:mm:ss` */
export function localTime(at: number): string {
  return new Date(at + OFFSET_MILLISECONDS).toISOString().slice(0, 19).replace('T', ' ');
}
