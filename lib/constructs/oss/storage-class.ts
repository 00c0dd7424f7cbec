/** How OSS keeps objects: the colder, the cheaper to keep and the slower and dearer to read. */
export enum StorageClass {
  /** For objects that are read often. */
  STANDARD = 'Standard',
  /** For objects that are read now and then; kept at least 30 days. */
  INFREQUENT_ACCESS = 'IA',
  /** Restored within minutes before it is read; kept at least 60 days. */
  ARCHIVE = 'Archive',
  /** Restored within hours before it is read; kept at least 180 days. */
  COLD_ARCHIVE = 'ColdArchive',
  /** Restored within two days before it is read; kept at least 180 days. */
  DEEP_COLD_ARCHIVE = 'DeepColdArchive',
}
