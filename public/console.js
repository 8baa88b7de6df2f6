/** The small elements that every page may use. Each works on markup that does its job without them, too. */
import './command-palette.js';
import './confirm-dialog.js';
import './copy-button.js';
import './edit-cells.js';
import './file-drop.js';
import './jump-list.js';
import './live-log.js';
import './local-time.js';
import './single-submit.js';
import './sortable-list.js';
import './suggest-text.js';
import './theme-switch.js';
import './toast-messages.js';
