/** The key of a name whose service compares names without regard to case: RAM and DLA do. */
export function caseKey(name: string): string {
  return name.toLowerCase();
}
