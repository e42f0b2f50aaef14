// The live preview: asks what has changed, and shows it in place.

/** Say what is wrong, or nothing. */
function tell(problem) {
  byId("problem").textContent = problem;
  byId("problem").hidden = !problem;
}

async function follow() {
  let { version } = data;
  for (;;) {
    try {
      // Answered once there is something newer, or after a while without it.
      const reply = await fetch(`state?after=${version}`);
      if (reply.status === 204) continue;
      if (!reply.ok) throw new Error(reply.statusText);
      const state = await reply.json();
      version = state.version;
      tell(state.problem);
      if (state.network) showNetwork(state.network);
    } catch {
      tell("The preview has ended: archdsl view no longer runs.");
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

tell(data.problem);
follow();
