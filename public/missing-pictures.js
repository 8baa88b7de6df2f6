/** What no picture can be made of is marked, so that its name stands there instead of a broken picture. */
const mark = ({ target }) => {
  if (target instanceof HTMLImageElement) target.closest('.thumb')?.classList.add('missing');
};

// Errors of pictures do not bubble.
document.addEventListener('error', mark, true);
for (const picture of document.querySelectorAll('.thumb img')) {
  if (picture.complete && picture.naturalWidth === 0 && picture.loading !== 'lazy') mark({ target: picture });
}
