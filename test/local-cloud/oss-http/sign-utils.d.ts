declare module 'ali-oss/lib/common/signUtils' {
  const signUtils: {
    authorization(accessKeyId: string, accessKeySecret: string, canonical: string): string;
    buildCanonicalString(
      method: string,
      resourcePath: string,
      request: { headers: Record<string, string>; parameters: Record<string, string> },
    ): string;
  };
  export default signUtils;
}
