/** Brings the open tab into sight, where not all of them have room beside each other. */
document.querySelector('.tabs [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
