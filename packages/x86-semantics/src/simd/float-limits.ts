/** The least normal numbers, and the greatest single (SDM vol. 1 table 4-2). */
export const DOUBLE_MIN = 2.2250738585072014e-308;
export const SINGLE_MIN = 1.1754943508222875e-38;
export const SINGLE_MAX = 3.4028234663852886e38;
