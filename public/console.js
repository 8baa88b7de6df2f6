/** The small elements that every page may use. Each works on markup that does its job without them, too. */
// First of all: the others look for what was kept.
import './leave-nothing.js';
import './command-palette.js';
import './confirm-dialog.js';
import './copy-button.js';
import './date-field.js';
import './edit-cells.js';
import './file-drop.js';
import './geo-field.js';
import './json-editor.js';
import './jump-list.js';
import './kept-draft.js';
import './live-log.js';
import './local-time.js';
import './missing-pictures.js';
import './narrow-list.js';
import './open-tab.js';
import './record-picker.js';
import './rich-text.js';
import './select-rows.js';
import './single-submit.js';
import './sortable-list.js';
import './statement-box.js';
import './suggest-text.js';
import './theme-switch.js';
import './toast-messages.js';
import './upload-progress.js';
