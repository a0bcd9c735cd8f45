export interface BadgeColors {
  ground: string;
  text: string;
}

/** Width and height: that of a tab's icon on a fine screen, twice. Unit: px. */
const size = 64;
/** Height of the badge on an icon, and its width by how many characters it has. Unit: share of the icon. */
const height = 0.66;
const widths = [0, 0.66, 0.84, 1];
/** What is left clear around it, so that it stands out from any icon. Unit: px. */
const rim = 5;

/** A badge on an icon, in the upper corner as on the bell; without an icon, or with one that can't be read, the badge alone. As a `data:` URL. */
export function badged(icon: HTMLImageElement | undefined, text: string, colors: BadgeColors): string {
  try {
    return draw(icon, text, colors);
  } catch {
    // Some drawings (SVG with HTML in them) make a canvas unreadable, whatever their origin.
    return draw(undefined, text, colors);
  }
}

function draw(icon: HTMLImageElement | undefined, text: string, { ground, text: color }: BadgeColors): string {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the browser gives no canvas to draw the icon on');
  const high = icon ? height * size : size;
  const wide = icon ? (widths[text.length] ?? 1) * size : size;
  const left = size - wide;
  context.beginPath();
  context.roundRect(left, 0, wide, high, high / 2);
  if (icon) {
    context.drawImage(icon, 0, 0, size, size);
    context.globalCompositeOperation = 'destination-out';
    context.lineWidth = 2 * rim;
    context.stroke();
    context.globalCompositeOperation = 'source-over';
  }
  context.fillStyle = ground;
  context.fill();
  context.fillStyle = color;
  context.font = `bold ${Math.round(high * (icon ? 0.86 : 0.7))}px system-ui, sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, left + wide / 2, high * 0.54, wide * 0.86);
  return canvas.toDataURL();
}
