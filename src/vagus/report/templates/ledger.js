"use strict";
const bar = document.getElementById("filter");
const system = document.getElementById("by-system");
const verdict = document.getElementById("by-verdict");
const told = document.getElementById("told");
const claims = Array.from(document.querySelectorAll(".claim"));
function sift() {
  let count = 0;
  for (const claim of claims) {
    const fits = (!system.value || claim.dataset.systems.split(" ").includes(system.value)) &&
      (!verdict.value || claim.dataset.verdict === verdict.value);
    claim.hidden = !fits;
    count += fits ? 1 : 0;
  }
  for (const section of document.querySelectorAll("section.part")) {
    section.hidden = !section.querySelector(".claim:not([hidden])");
  }
  told.textContent = count + " of " + claims.length + " claims";
}
system.addEventListener("change", sift);
verdict.addEventListener("change", sift);
bar.hidden = false;
sift();
