import { CloudError } from './cloud-error';

/** An error of OSS that tells more than a code and a message. */
export class OssError extends CloudError {
  constructor(
    code: string,
    message: string,
    httpStatus: number,
    public readonly details: {
      /** Elements of the document, beside those that every error has. */
      readonly elements?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
      /** Number of the cause (`EC`). @default - that of the code */
      readonly cause?: string;
    },
  ) {
    super(code, message, httpStatus);
  }
}

/** An argument that OSS does not take, named in the elements that its clients show. */
export function invalidArgument(name: string, value: string, expected: string): OssError {
  const shown = value.slice(0, 200);
  return new OssError('InvalidArgument', `${name}: expected ${expected}, got ${JSON.stringify(shown)}`, 400, {
    elements: { ArgumentName: name, ArgumentValue: shown },
  });
}
