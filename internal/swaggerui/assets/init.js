// Starts Swagger UI on the contract that the page names, and saves the visitor
// the copying of a token: what a registration or a login returned, and what a later
// answer replaced it with, is what the next request is authorized with.
(function () {
  "use strict";

  // The name of the apiKey scheme in the contract.
  var scheme = "Token";
  var page = document.getElementById("swagger-ui").dataset;

  function tokenIn(response) {
    var update = response.headers && response.headers["update-token"];
    if (update) {
      return update;
    }
    var body = response.body;
    return body && body.code === 0 && body.data && body.data.token;
  }

  // Swagger UI has dark colors and leaves it to the page when to use them.
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function follow() {
    document.documentElement.classList.toggle("dark-mode", dark.matches);
  }
  dark.addEventListener("change", follow);
  follow();

  var ui = SwaggerUIBundle({
    dom_id: "#swagger-ui",
    url: page.specUrl,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    // A link must not choose the document to load, and no third party validates it.
    queryConfigEnabled: false,
    validatorUrl: null,
    deepLinking: true,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    defaultModelsExpandDepth: 0,
    persistAuthorization: page.persist === "true",
    responseInterceptor: function (response) {
      var token = tokenIn(response);
      if (typeof token === "string" && token) {
        ui.preauthorizeApiKey(scheme, token);
        ui.getSystem().authActions.persistAuthorizationIfNeeded();
      }
      return response;
    }
  });
})();
