// Saturation of an integer to an element's range (SDM vol. 1 §9.3.3).

export function toInt8(value: number): number {
  return value < -128 ? -128 : value > 127 ? 127 : value;
}
export function toUint8(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
export function toInt16(value: number): number {
  return value < -32768 ? -32768 : value > 32767 ? 32767 : value;
}
export function toUint16(value: number): number {
  return value < 0 ? 0 : value > 65535 ? 65535 : value;
}
