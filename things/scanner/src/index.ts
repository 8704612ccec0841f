export type { NewResult, Result, ResultQuery, ResultSink } from './result-sink.js';
export { type ResultsInProcess, resultsInProcess } from './results-in-process.js';
export { RESULT_TYPES } from './scan.model.js';
export { GENERATIONS, Scanner } from './scanner.model.js';
export type { ProvisionedScanner } from './scanner-device.js';
export { type ScannerKind, type ScannerKindOptions, scannerKind } from './scanner-kind.js';
export type { ScannerMemory, ScannerRecord, TaskRecord } from './scanner-record.js';
