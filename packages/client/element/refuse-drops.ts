/** What is dropped on an element goes nowhere; a browser would open a file in place of the page. */
export function refuseDrops(target: EventTarget): void {
  for (const type of ['dragenter', 'dragover', 'drop']) {
    target.addEventListener(type, (event) => {
      event.preventDefault();
      const { dataTransfer } = event as DragEvent;
      if (dataTransfer !== null) dataTransfer.dropEffect = 'none';
    });
  }
}
