/* Lets frames of the index grow to their content on pages that allow a script. */
(function () {
  "use strict";
  window.addEventListener("message", function (event) {
    var height = event.data && event.data.spiHeight;
    if (typeof height !== "number" || height < 50 || height > 20000) { return; }
    Array.prototype.forEach.call(document.querySelectorAll("iframe"), function (frame) {
      if (frame.contentWindow === event.source) { frame.style.height = Math.ceil(height) + "px"; }
    });
  });
})();
