/** What the guest's screen is like. */
export interface ScreenMode {
  readonly width: number;
  readonly height: number;
  readonly isText: boolean;
}

/** Movement since the last report, and what is held. */
export interface MouseReport {
  readonly dx: number;
  readonly dy: number;
  readonly wheel: number;
  /** 1 left, 2 right, 4 middle. */
  readonly buttons: number;
}
