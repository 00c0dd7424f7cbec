declare module 'ali-oss/lib/common/signUtils' {
  const signUtils: {
    authorization(accessKeyId: string, accessKeySecret: string, canonical: string): string;
    buildCanonicalString(
      method: string,
      resourcePath: string,
      request: { headers: Record<string, string>; parameters: Record<string, string> },
      expires?: string,
    ): string;
    computeSignature(accessKeySecret: string, canonical: string): string;
    authorizationV4(
      accessKeyId: string,
      accessKeySecret: string,
      region: string,
      method: string,
      request: { headers: Record<string, string>; queries: Record<string, string | null> },
      bucket?: string,
      key?: string,
    ): string;
  };
  export default signUtils;
}
