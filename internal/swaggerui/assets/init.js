// Starts Swagger UI on the contract that the page names. The visitor need not copy tokens: each
// request is authorized with the newest token that an answer had, in the header Update-Token or
// as data.token.
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

  // The contract names the address of a service on one's own machine first, for tools that
  // need a whole URL. This page sends its requests to the host that serves it: its content
  // security policy allows no other.
  function sameHost() {
    return { statePlugins: { spec: { wrapActions: { updateJsonSpec: function (update) {
      return function (spec) {
        return update(Object.assign({}, spec, { servers: [{ url: "/" }] }));
      };
    } } } } };
  }

  function pictureIn(content) {
    try {
      var captcha = JSON.parse(content).data.captcha;
      return /^data:image\/png;base64,/.test(captcha) ? captcha : "";
    } catch (e) {
      return ""; // no JSON, or no picture in it
    }
  }

  // Shows the picture of a captcha below the answer that holds it.
  function captchaPicture(system) {
    return { wrapComponents: { responseBody: function (Original) {
      return function (props) {
        var picture = pictureIn(props.content);
        return system.React.createElement("div", null,
          system.React.createElement(Original, props),
          picture && system.React.createElement("img", { className: "captcha-picture", alt: "The picture of the captcha", src: picture }));
      };
    } } };
  }

  var ui = SwaggerUIBundle({
    dom_id: "#swagger-ui",
    url: page.specUrl,
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [sameHost, captchaPicture],
    layout: "BaseLayout",
    // A link must not choose the document to load, and no third party is sent the contract for a validation.
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
