// An application that believes Vestibule's assertion and nothing else. Go 1.18 or newer, with golang-jwt.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var (
	vestibule = os.Getenv("VESTIBULE_URL") // portal.url
	own       = os.Getenv("OWN_URL")       // application.url
	keys      = &keySet{}
	parser    = jwt.NewParser(jwt.WithValidMethods([]string{"ES256"}), jwt.WithIssuer(vestibule), jwt.WithAudience(own),
		jwt.WithExpirationRequired(), jwt.WithLeeway(5*time.Second))
)

type claims struct {
	Username string `json:"preferred_username"`
	jwt.RegisteredClaims
}

// What Vestibule says of who sent a request; an error when it says nothing.
func claimsOf(request *http.Request) (*claims, error) {
	assertions := request.Header.Values("Vestibule-Assertion")
	if len(assertions) != 1 {
		return nil, errors.New("one assertion, please")
	}
	said := &claims{}
	_, err := parser.ParseWithClaims(assertions[0], said, func(token *jwt.Token) (any, error) {
		if token.Header["typ"] != "vestibule+jwt" {
			return nil, errors.New("another kind of token")
		}
		return keys.named(fmt.Sprint(token.Header["kid"]))
	})
	return said, err
}

// The public keys, fetched again every five minutes.
type keySet struct {
	mutex   sync.Mutex
	byName  map[string]*ecdsa.PublicKey
	fetched time.Time
}

func (set *keySet) named(name string) (*ecdsa.PublicKey, error) {
	set.mutex.Lock()
	defer set.mutex.Unlock()
	if time.Since(set.fetched) > 5*time.Minute {
		byName, err := fetch()
		if err != nil {
			return nil, err
		}
		set.byName, set.fetched = byName, time.Now()
	}
	if key, known := set.byName[name]; known {
		return key, nil
	}
	return nil, errors.New("an unknown key")
}

func fetch() (map[string]*ecdsa.PublicKey, error) {
	place := os.Getenv("VESTIBULE_KEYS")
	if place == "" {
		place = vestibule + "/.vestibule/jwks.json"
	}
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get(place)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var set struct{ Keys []struct{ Kid, X, Y string } }
	if err := json.NewDecoder(answer.Body).Decode(&set); err != nil {
		return nil, err
	}
	byName := map[string]*ecdsa.PublicKey{}
	for _, key := range set.Keys {
		byName[key.Kid] = &ecdsa.PublicKey{Curve: elliptic.P256(), X: number(key.X), Y: number(key.Y)}
	}
	return byName, nil
}

func number(text string) *big.Int {
	bytes, _ := base64.RawURLEncoding.DecodeString(text)
	return new(big.Int).SetBytes(bytes)
}

func main() {
	http.HandleFunc("/", func(response http.ResponseWriter, request *http.Request) {
		said, err := claimsOf(request)
		if err != nil {
			http.Error(response, "who are you?", http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(response, "hello %s", said.Username)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
