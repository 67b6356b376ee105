'use strict';
// After every job that names the task, even where it never ran: without a note of the main step, silence.
if (process.env.VSTS_TASKVARIABLE_ECLUSE_STATE) {
  require('./launcher.js').postJob(__dirname);
}
