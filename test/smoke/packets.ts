/** A packet of the MySQL protocol. */
export function packet(sequence: number, ...parts: readonly (Buffer | string | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as Buffer)));
  const header = Buffer.alloc(4);
  header.writeUIntLE(body.length, 0, 3);
  header.writeUInt8(sequence, 3);
  return Buffer.concat([header, body]);
}

/** A greeting: version 10, connection 1, a scramble, PROTOCOL_41, SECURE_CONNECTION and PLUGIN_AUTH, and SSL if wanted. */
export function greeting(plugin = 'mysql_native_password', ssl = false): Buffer {
  return packet(
    0,
    [10],
    '5.7.0-test\0',
    [1, 0, 0, 0],
    '12345678\0',
    [0x01, ssl ? 0x8a : 0x82, 33, 2, 0, 0x08, 0, 21],
    Buffer.alloc(10),
    '123456789012\0',
    `${plugin}\0`,
  );
}

/** The OK that ends a log-in or answers a statement. */
export function okPacket(sequence: number): Buffer {
  return packet(sequence, [0, 0, 0, 2, 0, 0, 0]);
}
