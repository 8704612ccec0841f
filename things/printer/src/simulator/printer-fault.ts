/** What can go wrong with a simulated printer, for as long as it is told to. */
export const PRINTER_FAULTS = [
  /** It announces nothing and answers no datagram, as if it was gone. */
  'silent',
  /** With every announcement comes a datagram that is none, and one whose lengths lead beyond its end. */
  'garbage',
  /** Its identity is not signed by whom it should be. */
  'forgedIdentity',
  /** It announces another master key than it has. */
  'foreignKey',
  /** What it says of itself is not signed by its key of this boot. */
  'forgedMetadata',
  /** Its stamp stays the same when its metadata change. */
  'frozenStamp',
  /** Its status comes twice in an announcement of version 1. */
  'doubleStatus',
  /** Its progress is no number. */
  'nanProgress',
  /** It says a status id that nobody knows: 777. */
  'unknownStatus',
  /** Connections are broken as soon as they come. */
  'refuse',
  /** Commands are read and never answered. */
  'mute',
  /** The connection breaks in the middle of an answer. */
  'drop',
  /** Commands are answered by a crash: `UNKNOWN_ERROR`, and the end. */
  'crash',
  /** Its certificate names another device. */
  'foreignCertificate',
  /** The signature of the robot's hello is not of this boot's key. */
  'forgedHello',
  /** It succeeds to rename, or to set its network, and does not say so, as old firmware. */
  'noReply',
  /** It cannot apply network settings. */
  'networkFailure',
  /** The list of trusted keys comes in its older form. */
  'oldTrustList',
  /** A task cannot be read: it does not start. */
  'brokenFile',
] as const;

/** One of {@link PRINTER_FAULTS}. */
export type PrinterFault = (typeof PRINTER_FAULTS)[number];

/** The faults of the moment. */
export type PrinterFaults = ReadonlySet<PrinterFault>;
