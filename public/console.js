/** The small elements that every page may use. Each works on markup that does its job without them, too. */
import './confirm-dialog.js';
import './copy-button.js';
import './local-time.js';
import './theme-switch.js';
import './toast-messages.js';
