// An application that believes Vestibule's assertion and nothing else. Java 17 or newer, with nimbus-jose-jwt (pom.xml).

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.util.List;
import java.util.Set;

class Hello {
    static final String VESTIBULE = System.getenv("VESTIBULE_URL"); // portal.url
    static final String OWN = System.getenv("OWN_URL"); // application.url

    /** What Vestibule says of who sent a request with these headers; throws when it says nothing. */
    static JWTClaimsSet claimsOf(Headers headers, DefaultJWTProcessor<SecurityContext> processor) throws Exception {
        List<String> assertions = headers.getOrDefault("Vestibule-Assertion", List.of());
        if (assertions.size() != 1) throw new SecurityException("one assertion, please");
        return processor.process(assertions.get(0), null);
    }

    static DefaultJWTProcessor<SecurityContext> processor() throws Exception {
        var place = System.getenv().getOrDefault("VESTIBULE_KEYS", VESTIBULE + "/.vestibule/jwks.json");
        // Fetched once, and again every five minutes or when a key is not among them.
        var keys = JWKSourceBuilder.<SecurityContext>create(new URL(place)).build();
        var processor = new DefaultJWTProcessor<SecurityContext>();
        processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("vestibule+jwt")));
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, keys));
        var claims = new DefaultJWTClaimsVerifier<SecurityContext>(
                OWN, new JWTClaimsSet.Builder().issuer(VESTIBULE).build(), Set.of("sub", "exp", "nbf"));
        claims.setMaxClockSkew(5);
        processor.setJWTClaimsSetVerifier(claims);
        return processor;
    }

    public static void main(String[] arguments) throws Exception {
        var processor = processor();
        int port = Integer.parseInt(System.getenv("PORT"));
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", exchange -> {
            int status = 200;
            String text;
            try {
                text = "hello " + claimsOf(exchange.getRequestHeaders(), processor).getStringClaim("preferred_username");
            } catch (Exception refused) {
                status = 401;
                text = "who are you?";
            }
            byte[] bytes = text.getBytes();
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }
}
