/** A robot does not do what it is told: the symbols of its answer (reference, section 5.4). */
export class RobotRefusal extends Error {
  override readonly name = 'RobotRefusal';
  readonly symbols: readonly [string, ...string[]];

  constructor(...symbols: readonly [string, ...string[]]) {
    super(symbols.join(' '));
    this.symbols = symbols;
  }
}
