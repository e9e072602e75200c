/** Has the browser keep a file where it keeps downloads. */
export function download(file: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = file instanceof File ? file.name : 'machine.ringzero';
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
