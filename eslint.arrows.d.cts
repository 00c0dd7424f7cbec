export const ARROWS: Readonly<Record<string, readonly string[]>>;
export const WITHOUT_CDKTF: readonly string[];
