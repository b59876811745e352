error-what = Wat er gebeurde
error-kept = Wat bewaard is
error-todo = Wat je kunt doen
error-home = Naar de voorpagina
error-reference = Noem { $id } als je om hulp vraagt.

error-400-title = Dat kwam niet over
error-400-what = Het verzoek was niet te lezen. De link is misschien afgebroken of het formulier te oud.
error-400-kept = Er is niets veranderd.
error-400-todo = Ga terug, ververs de pagina en probeer het opnieuw.

error-form-title = Dit formulier is verlopen
error-form-what = De pagina stond te lang open, of cookies staan uit, dus we weten niet zeker dat jij het was.
error-form-kept = Er is niets veranderd.
error-form-todo = Ga terug, ververs de pagina en verstuur het opnieuw.

error-403-title = Dit mag je hier niet
error-403-what = Het account waarmee je bent ingelogd mag dit niet zien of doen.
error-403-kept = Er is niets veranderd.
error-403-todo = Vraag het de eigenaar van het team, of log in als iemand die dit mag.

error-404-title = Hier is niets
error-404-what = De pagina bestaat niet, of alleen sommige mensen mogen haar zien.
error-404-kept = Er is niets veranderd.
error-404-todo = Kijk of er een letter in het adres ontbreekt, of begin op de voorpagina.

error-410-title = Dit is weggehaald
error-410-what = Hier stond iets, en de schrijver heeft het verwijderd.
error-410-kept = Alleen dat het bestond, zodat niemand de plaats inneemt.
error-410-todo = Bekijk op de voorpagina wat hier nog meer is.

error-429-title = Iets rustiger, graag
error-429-what = Van jouw kant kwamen in korte tijd te veel verzoeken.
error-429-kept = Wat je eerder deed is veilig. Je laatste verzoek is niet uitgevoerd.
error-429-todo = { $seconds ->
    [one] Wacht een seconde en probeer het dan opnieuw.
   *[other] Wacht { $seconds } seconden en probeer het dan opnieuw.
}

error-500-title = Wij maakten een fout
error-500-what = Er ging bij ons iets stuk, niet bij jou. Het is genoteerd voor de mensen die deze server beheren.
error-500-kept = Er is niets half gedaan: wat je stuurde is helemaal bewaard of helemaal niet.
error-500-todo = Ga terug en kijk of het er staat. Zo niet, verstuur het dan opnieuw.

error-503-title = Nu even niet
error-503-what = De server heeft het erg druk of krijgt onderhoud.
error-503-kept = Alles wat eerder is aangenomen is veilig. Je laatste verzoek is niet uitgevoerd.
error-503-todo = Probeer het over een minuut opnieuw.
