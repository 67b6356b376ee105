'use strict';
require('./launcher.js').main(__dirname);
