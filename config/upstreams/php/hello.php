<?php
// An application that believes Vestibule's assertion and nothing else. PHP 8.1 or newer, with openssl. (With Composer,
// firebase/php-jwt does what signed() does; the claims and the type are still to be checked as below.)
declare(strict_types=1);

define('VESTIBULE', getenv('VESTIBULE_URL')); // portal.url
define('OWN', getenv('OWN_URL')); // application.url

/** What Vestibule says of who sent this request; throws when it says nothing. */
function claims(): array
{
    $parts = explode('.', $_SERVER['HTTP_VESTIBULE_ASSERTION'] ?? '');
    if (count($parts) !== 3) {
        throw new UnexpectedValueException('no assertion');
    }
    $header = json_decode(decoded($parts[0]), true, 8, JSON_THROW_ON_ERROR);
    $is_ours = ($header['alg'] ?? '') === 'ES256' && ($header['typ'] ?? '') === 'vestibule+jwt';
    if (!$is_ours || !signed("$parts[0].$parts[1]", decoded($parts[2]), key_named($header['kid'] ?? ''))) {
        throw new UnexpectedValueException('not signed by Vestibule');
    }
    $claims = json_decode(decoded($parts[1]), true, 8, JSON_THROW_ON_ERROR);
    $now = time();
    $is_for_us = ($claims['iss'] ?? '') === VESTIBULE && ($claims['aud'] ?? '') === OWN;
    if (!$is_for_us || ($claims['exp'] ?? 0) <= $now - 5 || ($claims['nbf'] ?? PHP_INT_MAX) > $now + 5) {
        throw new UnexpectedValueException('for somebody else, or not now');
    }
    return $claims;
}

/** ES256 (RFC 7518, section 3.4): openssl wants the two numbers of a signature in DER. */
function signed(string $text, string $signature, OpenSSLAsymmetricKey $key): bool
{
    if (strlen($signature) !== 64) {
        return false;
    }
    $numbers = '';
    foreach (str_split($signature, 32) as $number) {
        $number = ltrim($number, "\0");
        $number = ord($number[0] ?? "\xff") > 127 ? "\0$number" : $number;
        $numbers .= "\x02" . chr(strlen($number)) . $number;
    }
    $der = "\x30" . chr(strlen($numbers)) . $numbers;
    return openssl_verify($text, $der, $key, OPENSSL_ALGO_SHA256) === 1;
}

/** The key of this name, from a copy that is fetched again every five minutes. */
function key_named(string $name): OpenSSLAsymmetricKey
{
    $copy = sys_get_temp_dir() . '/vestibule-keys-' . md5(VESTIBULE) . '.json';
    if (!is_file($copy) || filemtime($copy) < time() - 300) {
        $place = getenv('VESTIBULE_KEYS') ?: VESTIBULE . '/.vestibule/jwks.json';
        $fresh = file_get_contents($place, false, stream_context_create(['http' => ['timeout' => 5]]));
        json_decode($fresh ?: '', true, 8, JSON_THROW_ON_ERROR);
        file_put_contents("$copy." . getmypid(), $fresh);
        rename("$copy." . getmypid(), $copy);
    }
    foreach (json_decode(file_get_contents($copy), true, 8, JSON_THROW_ON_ERROR)['keys'] as $key) {
        if ($key['kid'] === $name) {
            $point = hex2bin('3059301306072a8648ce3d020106082a8648ce3d03010703420004') . decoded($key['x']) . decoded($key['y']);
            return openssl_pkey_get_public("-----BEGIN PUBLIC KEY-----\n" . base64_encode($point) . "\n-----END PUBLIC KEY-----");
        }
    }
    throw new UnexpectedValueException('an unknown key');
}

function decoded(string $text): string
{
    return base64_decode(strtr($text, '-_', '+/'), true) ?: '';
}

try {
    echo 'hello ', claims()['preferred_username'];
} catch (Throwable) {
    http_response_code(401);
    echo 'who are you?';
}
